# A mock of a web service, and what a client of it has to withstand: answers that depend on the request, that come late,
# and that break off.
#
#   nsh run mock.nsh

serve http 0 as api {
    on request GET /users/:id {
        if $id == "0" {
            reply 404 "{\"error\": \"nobody\"}" type=json
        }
        reply 200 "{\"id\": \"$id\"}" type=json
    }
    on request POST /login {
        if $body contains "user=me" {
            reply 303 header="Location: /users/7"
        }
        reply 403 "who?\n"
    }
    on request GET /late {
        reply 200 "at last\n" delay=200ms
    }
    on request GET /broken {
        reply 200 "all of it is never sent" cut=10
    }
}

http GET $api/users/7
expect status 200
expect header content-type "application/json"
expect body /"id": "(?<id>\d+)"/
assert $id == 7

http GET $api/users/0
expect status 404

http POST $api/login body="user=me" redirects=1  # the redirection is followed
expect status 200
expect body "7"

http GET $api/late within 5s
expect body exactly "at last\n"

connect $api as raw  # how an answer breaks off is seen best in its bytes
raw: send "GET /broken HTTP/1.1\r\nHost: api\r\n\r\n"
raw: expect "Content-Length: 23\r\n"
raw: expect "\r\n\r\nall of it "
raw: expect eof
print "the client withstood all of it"
