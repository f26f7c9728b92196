held --postqueue /nonexistent/postqueue --log empty.log
