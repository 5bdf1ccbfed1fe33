# title "An expectation that does not hold"
# size 84x20
# test no-run
listen tcp 0 upper as srv
connect $srv as a
sendln "hello, sockets"
# pause 500ms
## What was expected, and what came instead
expect "HELLO, SOCKET!" within 1s
# pause 2s
