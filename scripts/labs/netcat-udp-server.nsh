# Netcat's server, over UDP (port 12345): whoever sends the first datagram is whom the terminal talks to.
#
#   nsh run netcat-udp-server.nsh [PORT]      the other end:  nc -u localhost 12345
#
# Without a script the same is:  nsh listen udp 12345
#
# test no-run

let port = arg(1, 12345)

listen udp $port as srv
wait srv 1 connections within 1h
attach srv
