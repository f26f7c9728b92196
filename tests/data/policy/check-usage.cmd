check rules.conf
