# The Bonjour server (UDP, port 5000): confirms every datagram to its sender; `quit` ends it.
#
#   nsh run bonjour-udp-server.nsh [PORT]
#
# test no-run

let port = arg(1, 5000)

listen udp $port as srv {
    on datagram {
        print "Reçu : $datagram"
        if $datagram == "quit" {
            stop srv
        } else {
            send "Bonjour client, j'ai bien reçu ton message : $datagram"
        }
    }
}
wait srv
