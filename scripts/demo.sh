#!/bin/sh
# Starts the Worker together with a page that talks to it (demo.mjs), in the environment that start.sh sets up.
exec sh "$(dirname "$0")/start.sh" demo
