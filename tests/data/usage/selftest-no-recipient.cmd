selftest --log empty.log
