# The Bonjour client (TCP, port 5000): asks, sends, shows the answer; `quit` ends it.
#
#   nsh run bonjour-client.nsh [HOST [PORT]]
#
# test no-run

let host = arg(1, "localhost")
let port = arg(2, 5000)

connect $host $port as server

while true {
    ask "Message : " as message
    sendln $message
    if $message == "quit" {
        break
    }
    recv line as answer
    print $answer
}
close
