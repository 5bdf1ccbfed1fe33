# The two-machine conversation, client's side (TCP, port 7999).
#
# Two people type in turn, the client first; whoever types `exit` ends it for both.
#
#   nsh run chat-client.nsh [HOST [PORT]]
#
# test no-run

let host = arg(1, "localhost")
let port = arg(2, 7999)

connect $host $port as them

while true {
    ask "you: " as said
    sendln $said
    if $said == "exit" {
        break
    }

    recv line within 1h as heard
    print "them: $heard"
    if $heard == "exit" {
        break
    }
}
close
