#!/bin/sh
# httpd runs this for "/", as there is no index.html; it passes each header of the request as HTTP_*.
printf 'Content-Type: text/plain\r\n\r\n'
printf 'Hostname: %s\n' "$(hostname)"
printf 'Request: %s %s\n' "$REQUEST_METHOD" "$REQUEST_URI"
env | grep '^HTTP_' | sort
