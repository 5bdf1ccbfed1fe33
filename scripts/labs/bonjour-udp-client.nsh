# The Bonjour client (UDP, port 5000): asks, sends a datagram, shows the answer; `quit` ends it.
#
#   nsh run bonjour-udp-client.nsh [HOST [PORT]]
#
# test no-run

let host = arg(1, "localhost")
let port = arg(2, 5000)

connect udp $host $port as server

while true {
    ask "Message : " as message
    send $message
    if $message == "quit" {
        break
    }
    recv datagram as answer
    print $answer
}
close
