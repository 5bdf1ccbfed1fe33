//! Routes: requests that blocks of a script answer, answers that go wrong, and requests that are expected.

use crate::support::{Nsh, Process, Talk, foreign, nsh, python, script};

/// A server with those routes and a folder, which goes on until it is ended, and its port.
fn serving(routes: &str) -> (Process, u16) {
    let text = format!("serve http . 127.0.0.1:0 as web {{\n{routes}\n}}\nwait web\n");
    let server = nsh("run lab.nsh").file("lab.nsh", text).file("page.html", "<p>page</p>\n").start();
    let port = server.told_port();
    (server, port)
}

/// What curl writes to its outputs when it asks for a path.
fn curl(port: u16, path: &str, more: &str) -> Option<Nsh> {
    let ask = foreign("curl")?.words(&format!("-sS --max-time 60 {more}"));
    Some(ask.arg(format!("http://127.0.0.1:{port}{path}")))
}

/// What the server sends for a raw request, to its end.
fn raw(port: u16, request: &str) -> String {
    let mut talk = Talk::to(port);
    talk.send(request);
    String::from_utf8(talk.all()).expect("text")
}

/// An answer without its date.
fn undated(answer: &str) -> String {
    answer.lines().filter(|line| !line.starts_with("Date: ")).collect::<Vec<_>>().join("\n")
}

#[test]
fn an_answer_is_exact() {
    let (_server, port) = serving(
        "on request GET /api/:id { reply 200 \"{\\\"id\\\": \\\"$id\\\"}\" type=json header=\"X-A: 1\" header=\"X-A: 2\" }\n\
         on request DELETE /api/:id { reply 204 }",
    );
    assert_eq!(
        undated(&raw(port, "GET /api/a%20b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")),
        "HTTP/1.1 200 OK\nContent-Type: application/json\nX-A: 1\nX-A: 2\nConnection: close\nContent-Length: 13\n\n{\"id\": \"a b\"}"
    );
    assert_eq!(
        undated(&raw(port, "HEAD /api/1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")),
        "HTTP/1.1 200 OK\nContent-Type: application/json\nX-A: 1\nX-A: 2\nContent-Length: 11\nConnection: close\n"
    );
    assert_eq!(undated(&raw(port, "DELETE /api/1 HTTP/1.0\r\n\r\n")), "HTTP/1.0 204 No Content\n");
}

#[test]
fn curl_sees_what_routes_say_and_files_where_none_does() {
    let (server, port) = serving(
        "on request GET /late { reply \"late\\n\" delay=50ms }\n\
         on request POST /form { reply 201 \"$body $query ${header.content_type} $path $method $peer.host\\n\" }\n\
         on request /files/*rest { if $rest == \"no\" { return }; reply \"rest $rest\\n\" }\n\
         on request /files/no { reply 410 \"gone\\n\" }\n\
         on request GET /passed { print \"passed\" }",
    );
    let Some(late) = curl(port, "/late", "-w %{time_total}") else { return };
    let out = late.output().out();
    let (text, took) = out.split_once('\n').expect("a line");
    assert!(text == "late" && took.parse::<f64>().expect("seconds") >= 0.05, "{out}");
    for (path, more, expected) in [
        ("/form?a=b&c", "-d some=1", "some=1 a=b&c application/x-www-form-urlencoded /form POST 127.0.0.1\n201"),
        ("/files/a/b", "-X PUT", "rest a/b\n200"),
        ("/files/no", "", "gone\n410"),
        ("/page.html", "", "<p>page</p>\n200"),
        ("/passed", "", "404 not found\n404"),
        ("/late", "-X DELETE", "405 method not allowed\n405"),
    ] {
        let Some(ask) = curl(port, path, &format!("{more} -w %{{http_code}}")) else { return };
        ask.output().code(0).stdout(expected);
    }
    server.wait_out("passed\n");
}

#[test]
fn a_route_that_fails_is_told_and_answered_with_500() {
    let (server, port) = serving("on request GET /fail { assert 1 == 2 }\non request GET /ok { reply \"ok\\n\" }");
    let Some(ask) = curl(port, "/fail", "-w %{http_code}") else { return };
    ask.output().code(0).stdout("500 internal server error\n500");
    server.wait_err("`assert` did not hold");
    if let Some(ask) = curl(port, "/ok", "") {
        ask.output().code(0).stdout("ok\n");
    }
}

#[test]
fn answers_go_wrong_as_they_are_asked_to() {
    let (server, port) = serving(
        "on request GET /cut { reply \"hello world\" cut=5 }\n\
         on request GET /empty { reply \"hello world\" cut=0 }\n\
         on request GET /long { reply \"hello\" length=50 }\n\
         on request GET /short { reply \"hello\" length=2 }\n\
         on request GET /reset { reply \"hello\" reset=yes }\n\
         on request GET /middle { reply \"hello world\" cut=5 reset=yes }\n\
         on request GET /drip { reply \"hello\" drip=20B/s }",
    );
    for (path, code, content, complaint) in [
        ("/cut", 18, "hello", "with 6 bytes remaining to read"),
        ("/empty", 18, "", "with 11 bytes remaining to read"),
        ("/long", 18, "hello", "with 45 bytes remaining to read"),
        ("/short", 0, "he", ""),
        ("/reset", 56, "", "reset by peer"),
        ("/middle", 56, "hello", "reset by peer"),
    ] {
        let Some(ask) = curl(port, path, "") else { return };
        ask.output().code(code).stdout(content).complains(complaint);
    }
    let Some(ask) = curl(port, "/drip", "-w %{time_total}") else { return };
    let out = ask.output().out();
    let took = out.strip_prefix("hello").expect("the content").parse::<f64>().expect("seconds");
    // The first byte leaves at once, the others 50 ms after each other.
    assert!(took >= 0.19, "{took}");
    server.wait_err("GET /cut 200 5 B, cut short");
}

#[test]
fn pythons_client_keeps_a_connection_over_routes_and_files() {
    let (_server, port) = serving(
        "on request POST /:what { reply \"$what $body $header.x_asked\" }\non request GET /cut { reply \"abc\" cut=1 }",
    );
    let Some(client) = python("http_client.py", &port.to_string()) else { return };
    let asks = "POST /a one\nGET /page.html\nGET /none\nPOST /b two\nGET /cut\nPOST /c three\n";
    client.stdin(asks).output().code(0).stdout(
        "200 a one yes\n200 <p>page</p>\n\n404 404 not found\n\n200 b two yes\nIncompleteRead\n200 c three yes\n",
    );
}

#[test]
fn http2_is_answered_and_spoken() {
    let routes = "on request POST /:what { reply 202 \"$what $body $header.host\" delay=5ms }\n\
                  on request GET /cut { reply \"hello world\" cut=5 }\n";
    for (kind, more) in [("http", ""), ("https", "insecure=yes")] {
        let text = format!(
            "serve {kind} 0 as web {{\n{routes}}}\n\
             http POST $web/a body=\"b\" version=2 header=\"Host: me\" {more} as answer\n\
             expect status 202\n\
             expect body exactly \"a b me\"\n\
             web: expect request POST /a\n\
             web: expect header user-agent /^nsh/\n\
             assert $answer.header.content_length == 6\n"
        );
        script(&text).output().code(0).stderr("");
        let cut = format!("serve {kind} 0 as web {{\n{routes}}}\nhttp GET $web/cut version=2 {more}\n");
        script(&cut).output().code(1).complains("ended");
    }
    let (_server, port) = serving(routes);
    let Some(ask) = curl(port, "/x", "--http2-prior-knowledge -d y -w %{http_version}") else { return };
    ask.output().code(0).stdout(format!("x y 127.0.0.1:{port}2"));
}

#[test]
fn requests_are_expected_with_what_they_hold() {
    let text = "serve http . 0 as web { on request POST /login { reply 303 header=\"Location: /\" } }\n\
        http GET $web/\n\
        http POST $web/login?from=here body=\"user=me&x\" header=\"Authorization: Bearer t0\"\n\
        expect header location \"/\"\n\
        http POST $web/users/7 body=\"second\"\n\
        expect status 405\n\
        web: expect request POST /login within 5s\n\
        web: expect header authorization /^Bearer (?<token>.+)/\n\
        web: expect body /user=(?<user>[a-z]+)/\n\
        print \"$token $user $web.method $web.path $web.query\"\n\
        web: expect request DELETE or request /users/:id\n\
        print \"$id $web.body\"\n\
        web: expect not request within 10ms\n\
        par {\n\
            web: expect request GET /late\n\
            http GET $web/late\n\
        }\n";
    script(text).output().code(0).stdout("t0 me POST /login from=here\n7 second\n").stderr("");
}

#[test]
fn a_request_that_does_not_come_says_which_came() {
    let start = "serve http . 0 as web\nhttp GET $web/a?b\nhttp HEAD $web/c\n";
    let none = script(&format!("{start}web: expect request POST /login within 20ms\n")).output();
    none.code(3).complains("`expect` did not hold within 20 ms").complains("2 other requests came");
    none.complains("GET /a?b HTTP/1.1\n").complains("HEAD /c HTTP/1.1\n");
    let came = script(&format!("{start}web: expect not request GET /a\n")).output();
    came.code(3).complains("this came: GET /a?b HTTP/1.1");
    let other = script(&format!("{start}web: expect request\nweb: expect body \"x\"\n")).output();
    other.code(3).complains("`expect` did not hold");
    let early = script(&format!("{start}web: expect header a\n")).output();
    early.code(2).complains("`web` holds no message of HTTP");
    let elsewhere = script("listen tcp 0 as srv\nconnect $srv\nexpect request GET /\n").output();
    elsewhere.code(2).complains("`tcp1` is no web server");
}

#[test]
fn requests_are_kept_in_bounds() {
    let text = "serve http 0 as web { on request { reply \"ok\" } }\n\
        for i in 1..300 { http POST $web/$i body=repeated(\"x\", 50000) }\n\
        web: expect request /:n\n\
        assert $n > 200 and len($web.body) == 50000\n";
    script(text).output().code(0);
    let (_server, port) = serving("on request POST / { reply \"ok\" }");
    let Some(ask) = curl(port, "/", "-w %{http_code} --data-binary @big") else { return };
    ask.file("big", vec![b'x'; 3 << 20]).output().says("413");
}

#[test]
fn words_of_routes_are_checked_before_anything_runs() {
    for (text, words) in [
        ("serve http 0 { on line { } }", "`serve` has no `on line`"),
        ("listen tcp 0 { on request { } }", "`listen` has no `on request`"),
        ("serve http 0 { on request GRAB / { } }", "expected"),
        ("serve http 0 { on request GET api { } }", "expected a path such as `/api/:id`"),
        ("serve http 0 { on request /:a/:a { } }", "`a` stands twice in the path"),
        ("serve http 0 { on request /*a/b { } }", "`*` stands at the end of a path"),
        ("serve http 0 { on request /:a { reply \"$b\" } }", "unknown variable `$b`"),
    ] {
        nsh("check lab.nsh").file("lab.nsh", text).output().code(2).complains(words);
    }
    for (text, words) in
        [("reply 200", "there is no request to reply to"), ("serve http", "expected a folder, or routes")]
    {
        script(text).output().code(2).complains(words);
    }
}

#[test]
fn routes_are_formatted() {
    let text = "serve http ./www 8080 as web{\non request GET /api/:id {reply 200 \"$id\" type=json delay=400ms}\n\
                # rest\non   request   /files/*rest{ }\non request { }\n}\n";
    let formatted = "serve http ./www 8080 as web {\n    on request GET /api/:id {\n        reply 200 \"$id\" type=json delay=400ms\n    }\n    \
                     # rest\n    on request /files/*rest { }\n    on request { }\n}\n";
    nsh("fmt -").stdin(text).output().code(0).stdout(formatted);
    nsh("fmt -").stdin(formatted).output().code(0).stdout(formatted);
}
