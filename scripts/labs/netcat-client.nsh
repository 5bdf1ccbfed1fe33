# Netcat's client, over TCP (port 12345): the terminal is the connection.
#
#   nsh run netcat-client.nsh [HOST [PORT]]      the other end:  nc -l 12345   or netcat-server.nsh
#
# Without a script the same is:  nsh connect localhost 12345
#
# test no-run

let host = arg(1, "localhost")
let port = arg(2, 12345)

connect tcp $host $port as srv
attach  # the end of what is typed is a half-close: the answer still comes
