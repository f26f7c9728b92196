-- Where no rule can refuse a recipient RCPT is agreed to have no reply: the verdict comes at the end, and is not lost.
local conn = open("192.0.2.7", "587")
mail(conn, "noreply-held@example.org", "login")
replied(conn, SMFIR_CONTINUE, "MAIL")
rcpt(conn, "bob@gmail.com", "smtp")
headers(conn, "From", "alice@gmail.com")
finish(conn, "4DEF")
replied(conn, SMFIR_REPLYCODE, "end of message")
mt.disconnect(conn)
