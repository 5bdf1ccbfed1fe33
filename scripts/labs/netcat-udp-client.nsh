# Netcat's client, over UDP (port 12345): every line that is typed is a datagram.
#
#   nsh run netcat-udp-client.nsh [HOST [PORT]]      the other end:  nc -u -l 12345
#
# Without a script the same is:  nsh connect udp localhost 12345
#
# test no-run

let host = arg(1, "localhost")
let port = arg(2, 12345)

connect udp $host $port as srv
attach
