#!/bin/sh
# The browser tests drive Debian's Chromium. Where it is missing, install it; without the right to, say how.
set -eu
for name in chromium chromium-browser google-chrome; do
    if command -v "$name" >/dev/null 2>&1; then have=1; fi
done
fonts=$(fc-list :lang=ja 2>/dev/null | head -n 1 || true)
if [ -n "${have:-}" ] && [ -n "$fonts" ]; then exit 0; fi
if ! command -v apt-get >/dev/null 2>&1; then
    echo "The browser tests need Chromium and a Japanese font; please install them." >&2
    exit 1
fi
sudo=""
if [ "$(id -u)" -ne 0 ]; then sudo="sudo"; fi
echo "Installing Chromium and a Japanese font for the browser tests …"
$sudo apt-get update -qq
DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk fontconfig >/dev/null
