explain -c rules.conf --record 'Nov 21 20:15:01 mail postfix/smtpd[77]: connect from unknown' --today 2027-01-01
