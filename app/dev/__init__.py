"""Pages for people who try the desk or build it; a desk with a mail server has none of them."""
