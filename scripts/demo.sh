#!/bin/sh
# Starts the Worker together with a page that talks to it; the work is done in demo.mjs.
# It goes through start.sh because it wants the same environment.
exec sh "$(dirname "$0")/start.sh" demo
