# A client that sends its first argument (TCP, port 6666).
#
#   nsh run coucou-client.nsh MESSAGE [HOST [PORT]]          the other end:  received.nsh, or nc -l 6666
#
# test no-run

if $# == 0 {
    print "usage: nsh run coucou-client.nsh MESSAGE [HOST [PORT]]"
    exit 2
}

let host = arg(2, "localhost")
let port = arg(3, 6666)

connect $host $port
send $1
close
