held --postfix-dir none
