# What the programs are linked with and made by.  Each library is found here, once; folders name its target on their link
# lines.  The bill of materials (packaging/) is written from the same rows: name, license (SPDX), and who finds it.

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
set(OUTWARD_BILL_PACKAGES)
set(OUTWARD_BILL_RELATIONS)

# outward_bill(NAME VERSION LICENSE PURPOSE RELATION FURTHER): a package of the bill, and what it is to outward.
function(outward_bill name version license purpose relation further)
    string(MAKE_C_IDENTIFIER ${name} id)
    string(REPLACE _ - id SPDXRef-${id})
    list(APPEND OUTWARD_BILL_PACKAGES "{\"SPDXID\": \"${id}\", \"name\": \"${name}\", \"versionInfo\": \"${version}\",
      \"downloadLocation\": \"NOASSERTION\", \"filesAnalyzed\": false, \"primaryPackagePurpose\": \"${purpose}\",${further}
      \"licenseDeclared\": \"${license}\", \"licenseConcluded\": \"NOASSERTION\", \"copyrightText\": \"NOASSERTION\"}")
    if(relation STREQUAL DYNAMIC_LINK)
        set(ends "\"spdxElementId\": \"SPDXRef-outward\", \"relatedSpdxElement\": \"${id}\"")
    else()
        set(ends "\"spdxElementId\": \"${id}\", \"relatedSpdxElement\": \"SPDXRef-outward\"")
    endif()
    list(APPEND OUTWARD_BILL_RELATIONS "{${ends}, \"relationshipType\": \"${relation}\"}")
    set(OUTWARD_BILL_PACKAGES "${OUTWARD_BILL_PACKAGES}" PARENT_SCOPE)
    set(OUTWARD_BILL_RELATIONS "${OUTWARD_BILL_RELATIONS}" PARENT_SCOPE)
endfunction()

# outward_links(NAME VERSION LICENSE FILE): a shared library, under the name that programs ask for when they start.
macro(outward_links name version license file)
    set(shared ${file})
    file(READ ${file} script LIMIT 4096)
    if(script MATCHES "GROUP *\\( *(/[^ )]+)") # of ld: libbsd's names the library and one that it may need
        set(shared ${CMAKE_MATCH_1})
    endif()
    execute_process(COMMAND ${CMAKE_OBJDUMP} -p ${shared} OUTPUT_VARIABLE headers ERROR_QUIET)
    if(NOT headers MATCHES "SONAME +([^ \n]+)")
        message(FATAL_ERROR "${file}: not a shared library with a name of its own")
    endif()
    outward_bill(${name} "${version}" "${license}" LIBRARY DYNAMIC_LINK " \"packageFileName\": \"${CMAKE_MATCH_1}\",")
endmacro()

# outward_module(TARGET MODULE LICENSE): a library that pkg-config knows, as PkgConfig::TARGET.
macro(outward_module target module license)
    pkg_check_modules(${target} REQUIRED IMPORTED_TARGET ${module})
    list(GET ${target}_LINK_LIBRARIES 0 file)
    outward_links(${${target}_MODULE_NAME} "${${target}_VERSION}" "${license}" ${file})
endmacro()

outward_module(BSD libbsd "BSD-3-Clause AND BSD-2-Clause AND ISC")
outward_module(CURL libcurl "curl")
outward_module(IDN2 libidn2 "LGPL-3.0-or-later OR GPL-2.0-or-later")
outward_module(JANSSON jansson "MIT")
outward_module(LZMA liblzma "LicenseRef-public-domain")
outward_module(MICROHTTPD libmicrohttpd "LGPL-2.1-or-later")
outward_module(PSL libpsl "MIT")
outward_module(SQLITE sqlite3>=3.34 "blessing")
outward_module(SYSTEMD libsystemd "LGPL-2.1-or-later")
outward_module(ZLIB zlib "Zlib")
outward_module(ZSTD libzstd "BSD-3-Clause OR GPL-2.0-only")

find_package(OpenSSL 3.0 REQUIRED)
outward_links(libcrypto ${OPENSSL_VERSION} "Apache-2.0" ${OPENSSL_CRYPTO_LIBRARY})
outward_links(libssl ${OPENSSL_VERSION} "Apache-2.0" ${OPENSSL_SSL_LIBRARY})

# Debian's libunbound.pc wants development files of libraries that only a static link needs.
find_path(UNBOUND_INCLUDE_DIR unbound.h REQUIRED)
find_library(UNBOUND_LIBRARY unbound REQUIRED)
file(STRINGS ${UNBOUND_INCLUDE_DIR}/unbound.h version REGEX "^#define UNBOUND_VERSION_(MAJOR|MINOR|MICRO) ")
string(REGEX REPLACE "[^0-9;]" "" version "${version}")
string(REPLACE ";" "." version "${version}")
outward_links(libunbound ${version} "BSD-3-Clause" ${UNBOUND_LIBRARY})

# Only Debian has a milter.pc; elsewhere its version is that of the name.
find_library(MILTER_LIBRARY milter REQUIRED)
pkg_check_modules(MILTER QUIET milter)
if(NOT MILTER_FOUND)
    file(REAL_PATH ${MILTER_LIBRARY} file)
    string(REGEX REPLACE "^.*\\.so\\." "" MILTER_VERSION ${file})
endif()
outward_links(libmilter ${MILTER_VERSION} "Sendmail" ${MILTER_LIBRARY})

execute_process(COMMAND getconf GNU_LIBC_VERSION OUTPUT_VARIABLE version COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCH "[0-9.]+" version "${version}")
execute_process(COMMAND ${CMAKE_C_COMPILER} -print-file-name=libc.so.6 OUTPUT_VARIABLE file OUTPUT_STRIP_TRAILING_WHITESPACE
    COMMAND_ERROR_IS_FATAL ANY)
outward_links(glibc ${version} "LGPL-2.1-or-later" ${file})

# Their output is part of the programs.
find_package(BISON 3.8 REQUIRED)
find_package(FLEX 2.6 REQUIRED)
outward_bill(bison ${BISON_VERSION} "GPL-3.0-or-later WITH Bison-exception-2.2" APPLICATION BUILD_TOOL_OF "")
outward_bill(flex ${FLEX_VERSION} "BSD-3-Clause-flex" APPLICATION BUILD_TOOL_OF "")
string(REPLACE GNU gcc compiler ${CMAKE_C_COMPILER_ID})
outward_bill(${compiler} ${CMAKE_C_COMPILER_VERSION} "NOASSERTION" APPLICATION BUILD_TOOL_OF "")
