# A tour of nsh in one script: listen, connect, send, expect, relay, look.
#
#   nsh run tour.nsh
#
# Every port is 0, a free one that `$name.port` tells; run it as often and wherever you like.

# A server is one line; what handles its connections stands behind the address.
listen tcp 0 echo as srv

# A client is one line too. `connect $srv` goes to where `srv` listens.
connect $srv as a
send "bonjour\n"
expect line "bonjour"         # an unmet `expect` ends the script with exit code 3

# Several sessions read like a play: the name of who acts, a colon, what they do.
connect $srv as b
a: send "from a"
b: send "from b"
a: expect exactly "from a"
b: expect exactly "from b"

# A server can be a program in this language.
listen tcp 0 as polite {
  on line {
    if $line == "quit" { close } else { sendln "you said: $line" }
  }
}
connect $polite as c
c: sendln "hello"
c: expect line "you said: hello"
c: sendln "quit"
c: expect eof                 # the end of the peer's data is something to expect, like any other

# A relay puts stages between a client and its servers: in upper case, to both of them.
listen tcp 0 as left
listen tcp 0 as right
relay 0 -> upper -> $left,$right as filter

connect $filter as d
d: sendln "to everybody"
left: expect line "TO EVERYBODY"
right: expect line "TO EVERYBODY"
left: sendln "thanks"         # what a server answers returns to the client
d: expect line "thanks"

# Datagrams keep their boundaries.
listen udp 0 echo as pond
connect $pond as stone
stone: send "one"
stone: expect datagram "one"
stone: send ""
stone: expect datagram ""

# Who is here?
sessions
print "the tour is over"
