# The Bonjour server (TCP, port 5000): confirms every message; `quit` ends it.
#
# A message is a line: it may come in several segments, and one segment may bring two of them.
#
#   nsh run bonjour-server.nsh [PORT]
#
# test no-run

let port = arg(1, 5000)

listen tcp $port as srv {
    on line {
        print "Reçu : $line"
        if $line == "quit" {
            stop srv  # closes the listener and its connections; `wait` below returns
        } else {
            sendln "Bonjour client, j'ai bien reçu ton message : $line"
        }
    }
}
wait srv
