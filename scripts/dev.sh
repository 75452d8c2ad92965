#!/bin/sh
# Starts the Worker as start.sh does, built quickly, and serves each change of a source file (dev.mjs).
exec sh "$(dirname "$0")/start.sh" dev
