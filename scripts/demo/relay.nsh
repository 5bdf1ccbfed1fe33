# title "A relay to two servers"
# size 84x25
# hide
listen tcp 0 as left
listen tcp 0 as right
# show
## What comes goes to both, in upper case
relay 0 -> upper -> $left,$right as fan
connect $fan as a
# pause 500ms
a: sendln "to everybody"
left: expect line "TO EVERYBODY"
right: expect line "TO EVERYBODY"
# pause 500ms
## What a server answers comes back
right: sendln "thanks"
a: expect line "thanks"
# pause 1500ms
