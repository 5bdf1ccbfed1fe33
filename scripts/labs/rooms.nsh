# The chat room (TCP, port 7999): each line goes to everybody else, with who said it.
#
#   nsh run rooms.nsh [PORT]            then, as often as you like:  nc localhost 7999
#
# test no-run

let port = arg(1, 7999)

listen tcp $port as room {
    on open {
        print "$session.name comes in"
    }
    on line {
        for other in room.* {
            if $other.name != $session.name and $other.state == "open" {
                $other: sendln "$session.name: $line"
            }
        }
    }
    on close {
        print "$session.name leaves"
    }
}

# Without names the same is one line:  listen tcp 7999 chat
wait room
