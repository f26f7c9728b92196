# Run by cpack behind the packing: CPack 3.25 writes into a Debian package of debug symbols where it was made.
foreach(package ${CPACK_PACKAGE_FILES})
    if(package MATCHES "\\.ddeb$")
        set(work ${package}.control)
        file(REMOVE_RECURSE ${work})
        file(MAKE_DIRECTORY ${work}/control)
        execute_process(COMMAND sh -ec "ar x '${package}' control.tar.gz
            tar -xf control.tar.gz -C control
            sed -i 's|  .*/usr/lib/debug/|  usr/lib/debug/|' control/md5sums
            tar -c --sort=name --owner=root:0 --group=root:0 --mtime=@$SOURCE_DATE_EPOCH -C control ./control ./md5sums |
                gzip -9n >control.tar.gz
            ar rD '${package}' control.tar.gz" WORKING_DIRECTORY ${work} COMMAND_ERROR_IS_FATAL ANY)
        file(REMOVE_RECURSE ${work})
    endif()
endforeach()
