-- What the scripts share: a connection as Postfix makes it, and checks that say what failed.
-- SOCKET is given by the runner.

function check(truth, what)
    if not truth then
        error(what, 2)
    end
end

-- A call of miltertest's gives nil when all went well.
function went(result, what)
    check(result == nil, what .. ": " .. tostring(result))
end

function replied(conn, reply, what)
    check(mt.getreply(conn) == reply, what .. ": reply " .. string.char(mt.getreply(conn)))
end

-- from: client's address; port: the one of ours it came in on
function open(from, port)
    local conn = mt.connect(SOCKET)
    check(conn ~= nil, "no connection")
    went(mt.negotiate(conn, nil, nil, nil), "negotiation")
    went(mt.macro(conn, SMFIC_CONNECT, "{daemon_name}", "mail.example.org", "{daemon_addr}", "192.0.2.1",
        "{daemon_port}", port, "{client_addr}", from, "{client_name}", "client.example.com", "{client_port}", "4242"),
        "macros")
    went(mt.conninfo(conn, "client.example.com", from), "connection")
    return conn
end

-- security: "plaintext", "tls", "login" (TLS and a login)
function mail(conn, sender, security)
    if security == "plaintext" then
        went(mt.macro(conn, SMFIC_MAIL, "{mail_addr}", sender), "macros")
    elseif security == "tls" then
        went(mt.macro(conn, SMFIC_MAIL, "{mail_addr}", sender, "{tls_version}", "TLSv1.3",
            "{cipher}", "TLS_AES_256_GCM_SHA384", "{cipher_bits}", "256"), "macros")
    else
        went(mt.macro(conn, SMFIC_MAIL, "{mail_addr}", sender, "{tls_version}", "TLSv1.3",
            "{cipher}", "TLS_AES_256_GCM_SHA384", "{cipher_bits}", "256",
            "{auth_type}", "PLAIN", "{auth_authen}", "alice@example.org"), "macros")
    end
    went(mt.mailfrom(conn, "<" .. sender .. ">"), "MAIL")
end

function rcpt(conn, recipient, transport)
    went(mt.macro(conn, SMFIC_RCPT, "{rcpt_addr}", recipient, "{rcpt_mailer}", transport), "macros")
    went(mt.rcptto(conn, "<" .. recipient .. ">"), "RCPT")
end

function headers(conn, ...)
    went(mt.data(conn), "DATA")
    local fields = { ... }
    for i = 1, #fields, 2 do
        went(mt.header(conn, fields[i], fields[i + 1]), "header")
    end
end

function finish(conn, queue_id)
    went(mt.eoh(conn), "end of headers")
    went(mt.macro(conn, string.byte("E"), "i", queue_id), "macros")
    went(mt.eom(conn), "end of message")
end
