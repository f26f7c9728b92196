# Run by cpack between the installation into its own directory and the packing of that.

# Whatever in a package bears a date bears that of the version, unless the caller knows a better one.
if(NOT DEFINED ENV{SOURCE_DATE_EPOCH})
    set(ENV{SOURCE_DATE_EPOCH} ${CPACK_OUTWARD_RELEASED})
endif()

# Manual pages and changelogs are packed in packages; gzip -n: the same octets from the same source.
file(GLOB_RECURSE texts LIST_DIRECTORIES false
    "${CPACK_TEMPORARY_INSTALL_DIRECTORY}/*/share/man/*.[1-8]" "${CPACK_TEMPORARY_INSTALL_DIRECTORY}/*/share/doc/outward/?[Hh]*")
foreach(text ${texts})
    execute_process(COMMAND gzip -9nf ${text} COMMAND_ERROR_IS_FATAL ANY)
endforeach()

# Nothing depends on the umask of who packs.
execute_process(COMMAND find ${CPACK_TEMPORARY_INSTALL_DIRECTORY} -type d -exec chmod 755 {} + COMMAND_ERROR_IS_FATAL ANY)

# find-debuginfo takes the sources that debug information names from rpmbuild's own directory.
if(CPACK_GENERATOR STREQUAL "RPM")
    get_filename_component(name ${CPACK_OUTWARD_NAMED_SOURCES} NAME)
    set(sources ${CPACK_TOPLEVEL_DIRECTORY}/BUILD/${name})
    set(for_all OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
    file(REMOVE_RECURSE ${sources})
    file(COPY ${CPACK_OUTWARD_SOURCE_DIR}/ DESTINATION ${sources} FILE_PERMISSIONS ${for_all}
        FILES_MATCHING PATTERN "*.[chly]" PATTERN ".*" EXCLUDE PATTERN build EXCLUDE PATTERN tests EXCLUDE)
    file(COPY ${CPACK_OUTWARD_BINARY_DIR}/ DESTINATION ${sources}/build FILE_PERMISSIONS ${for_all}
        FILES_MATCHING PATTERN "*.[ch]" PATTERN packages EXCLUDE PATTERN CMakeFiles EXCLUDE)
    # Bison and flex write where they read.
    file(GLOB_RECURSE generated ${sources}/build/*.[ch])
    execute_process(COMMAND sed -i -e "s|${CPACK_OUTWARD_BINARY_DIR}|${CPACK_OUTWARD_NAMED_SOURCES}/build|"
        -e "s|${CPACK_OUTWARD_SOURCE_DIR}|${CPACK_OUTWARD_NAMED_SOURCES}|" -e "s|YY_GRAMMAR_.*_INCLUDED|YY_GRAMMAR_INCLUDED|"
        ${generated} COMMAND_ERROR_IS_FATAL ANY)
endif()
