# title "A web server, asked"
# size 84x30
serve http 0 as web {
    on request GET /hello/:name {
        reply 200 "hello, $name\n"
    }
}
http GET http://localhost:$web.port/hello/world as answer
expect status 200
expect body "hello, world\n"
# pause 1s
