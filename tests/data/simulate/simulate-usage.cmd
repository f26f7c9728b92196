simulate -c no-log.conf
