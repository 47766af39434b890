"""What `madoguchi` can do on the command line, a module for each group of commands."""
