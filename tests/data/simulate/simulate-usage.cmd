simulate -c strict.conf
