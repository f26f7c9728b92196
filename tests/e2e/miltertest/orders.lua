-- Transactions that end early: RSET, a new MAIL without one, a connection cut in the middle of a message.
local conn = open("192.0.2.7", "587")
mail(conn, "orders-reset@example.org", "login")
rcpt(conn, "bob@gmail.com", "smtp")
mt.abort(conn)
mail(conn, "orders-again@example.org", "login")
rcpt(conn, "bob@gmail.com", "smtp")
mail(conn, "orders-plain@example.org", "plaintext")
replied(conn, SMFIR_REPLYCODE, "MAIL without an end before it")
mt.disconnect(conn)

conn = open("192.0.2.7", "587")
mail(conn, "orders-cut@example.org", "login")
rcpt(conn, "bob@gmail.com", "smtp")
mt.data(conn)
mt.sleep(1) -- libmilter may not read what came right before the end of the connection
mt.disconnect(conn, false)
