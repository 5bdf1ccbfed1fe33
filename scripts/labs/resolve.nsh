# A client that is given a name instead of an address (TCP, port 14000).
#
# Shows the addresses the name has, IPv4 and IPv6, connects to the first that answers, sends a request and shows
# the reply. A name that does not exist is an error that says so.
#
#   nsh run resolve.nsh [HOST [PORT [REQUEST]]]
#
# test no-run

let host = arg(1, "localhost")
let port = arg(2, 14000)
let request = arg(3, "bonjour")

resolve $host

connect $host $port as server
send $request
shutdown
recv all as reply
print "Reply from $server.addr: $reply"
