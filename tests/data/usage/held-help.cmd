held --help
