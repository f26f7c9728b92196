check -c no-such.conf
