held --postqueue ./none --log empty.log
