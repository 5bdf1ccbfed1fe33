# The TCP server that displays (port 8888): who connects, each message, and the end.
#
#   nsh run tcp-print.nsh [PORT]          try it with:  nc localhost 8888
#
# test no-run

let port = arg(1, 8888)

listen tcp $port as srv {
    on open {
        print "Connecté : $peer"
    }
    on line {
        print "Reçu de $peer : $line"
    }
    on close {
        print "Déconnecté : $peer"
    }
}
wait srv
