# title "A conversation"
# size 84x22
## A server in a line, and a client in another
listen tcp 0 upper as srv
connect $srv as a
# pause 300ms
send "hello, sockets\n"
expect "HELLO, SOCKETS\n"
## Everything has a name
sessions
# pause 1500ms
