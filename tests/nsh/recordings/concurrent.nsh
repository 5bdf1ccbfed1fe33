# title "Everything at once"
## Servers of several kinds
listen tcp 0 echo as srv
listen udp 0 upper as u
listen tls 0 echo as t
listen tcp 0 as talk {
    on open { print "client $peer" }
    on line {
        if $line == "quit" { close }
        send "got: $line\n"
    }
    on close { print "gone" }
}
listen tcp 0 print as p1
listen tcp 0 print as p2
relay tcp 0 -> upper -> localhost:$p1.port,localhost:$p2.port as fan
relay tcp 0 -> delay 50ms -> localhost:$srv.port as slow
serve http . 0 as web
## Clients
connect $srv as a
connect udp localhost $u.port as b
connect tls localhost $t.port as c insecure=yes
a: sendln "bonjour"
a: expect line "bonjour"
b: send "hello"
b: expect "HELLO"
c: sendln "sicher"
c: expect line "sicher"
par {
    connect $talk as d1
    connect $talk as d2
    connect $slow as s
}
par {
    d1: sendln "one"
    d2: sendln "two"
    s: sendln "late"
}
d1: expect line "got: one"
d2: expect line "got: two"
s: expect line "late"
connect $fan as f
f: send "abc\ndef\n"
f: shutdown
f: expect eof
d1: sendln "quit"
d1: expect eof
http GET http://localhost:$web.port/page.txt as g
g: expect status 200
info a
sessions
repeat 3 {
    a: sendln "again"
    a: expect line "again"
}
a: send "x" chunk=1
connect localhost 1
