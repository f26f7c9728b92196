# Manual pages and changelogs are packed in packages; gzip -n: the same octets from the same source.
file(GLOB_RECURSE texts LIST_DIRECTORIES false
    "${CPACK_TEMPORARY_INSTALL_DIRECTORY}/*/share/man/*.[1-8]" "${CPACK_TEMPORARY_INSTALL_DIRECTORY}/*/share/doc/outward/?[Hh]*")
foreach(text ${texts})
    execute_process(COMMAND gzip -9nf ${text} COMMAND_ERROR_IS_FATAL ANY)
endforeach()
