# Flags, include path and sanitizers sit on one target that every folder links.

set(OUTWARD_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize= takes them: address,undefined or thread")
option(OUTWARD_FUZZ "Build the fuzz targets (clang only)" OFF)
option(OUTWARD_COVERAGE "Build for gcov" OFF)
option(OUTWARD_WERROR "Warnings are errors" OFF)

add_library(outward_flags INTERFACE)
target_include_directories(outward_flags INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})
target_compile_definitions(outward_flags INTERFACE _GNU_SOURCE OUTWARD_VERSION="${PROJECT_VERSION}")
target_compile_options(outward_flags INTERFACE
    -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2)
if(OUTWARD_WERROR)
    target_compile_options(outward_flags INTERFACE -Werror)
endif()

# Reproducible: no path of the build machine in any object.  In what is released, debug information names the sources where
# the package of debug sources has them.  A compiler cache may hand over paths that start where the compiler runs, as in
# "../../shared": from that directory's new name they would lead astray.
set(OUTWARD_DEBUG_SOURCES /usr/src/debug/outward-${PROJECT_VERSION})
set(outward_no_path)
# outward_map(DIRECTORY NAME NAME_RELEASED): the last that fits a path counts.
macro(outward_map directory name name_released)
    list(APPEND outward_no_path -ffile-prefix-map=${directory}=${name}
        "$<$<CONFIG:Release>:-fdebug-prefix-map=${directory}=${name_released}>")
endmacro()
file(RELATIVE_PATH outward_way_up ${PROJECT_BINARY_DIR} ${PROJECT_SOURCE_DIR})
if(outward_way_up)
    string(REGEX REPLACE "/$" "" outward_way_up ${outward_way_up})
    outward_map(${outward_way_up} . ${OUTWARD_DEBUG_SOURCES})
endif()
outward_map(${PROJECT_SOURCE_DIR} . ${OUTWARD_DEBUG_SOURCES})
outward_map(${PROJECT_BINARY_DIR} build ${OUTWARD_DEBUG_SOURCES}/build)
target_compile_options(outward_flags INTERFACE ${outward_no_path})

if(OUTWARD_SANITIZE)
    target_compile_options(outward_flags INTERFACE
        -fsanitize=${OUTWARD_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(outward_flags INTERFACE -fsanitize=${OUTWARD_SANITIZE})
else()
    set(CMAKE_POSITION_INDEPENDENT_CODE ON)
    target_compile_options(outward_flags INTERFACE -fstack-protector-strong -fstack-clash-protection -fcf-protection)
    target_compile_options(outward_flags INTERFACE $<$<CONFIG:Release>:-D_FORTIFY_SOURCE=2>)
    target_link_options(outward_flags INTERFACE
        $<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:-pie> -Wl,-z,relro,-z,now,-z,noexecstack)
endif()
if(OUTWARD_FUZZ)
    target_compile_options(outward_flags INTERFACE -fsanitize=fuzzer-no-link) # the libraries are what is looked into
endif()
if(OUTWARD_COVERAGE)
    # Atomic: counts of threads that run at once would otherwise be lost, or come out below 0, which gcovr refuses.
    target_compile_options(outward_flags INTERFACE --coverage -fprofile-update=atomic)
    target_link_options(outward_flags INTERFACE --coverage -Wl,--wrap=_exit,--undefined=__wrap__exit)
    add_library(outward_coverage_exit STATIC ${PROJECT_SOURCE_DIR}/tests/coverage_exit.c)
    target_link_libraries(outward_flags INTERFACE outward_coverage_exit)
endif()
set(CMAKE_C_FLAGS_RELEASE "-O3 -g")

# Runs on any processor of its kind, and best on what servers have had since 2015.  GCC's generic tuning fills each small
# struct by "rep stos", which takes longer to begin than the whole parse of a line's field.
include(CheckCCompilerFlag)
foreach(flag -mtune=skylake -fno-plt)
    string(MAKE_C_IDENTIFIER "OUTWARD_HAS${flag}" known)
    check_c_compiler_flag(${flag} ${known})
    if(${known})
        target_compile_options(outward_flags INTERFACE $<$<CONFIG:Release>:${flag}>)
    endif()
endforeach()

# What is installed is optimized across its files.  Where tests are built, the objects hold ordinary code as well: tests link
# that, and can put functions of their own before single ones.
if(CMAKE_BUILD_TYPE STREQUAL "Release" AND CMAKE_C_COMPILER_ID STREQUAL "GNU" AND
   NOT OUTWARD_SANITIZE AND NOT OUTWARD_COVERAGE AND NOT OUTWARD_FUZZ)
    set(outward_across_files -flto=auto)
    set(outward_ordinary_too -ffat-lto-objects)
    if(NOT BUILD_TESTING AND CMAKE_C_COMPILER_AR AND CMAKE_C_COMPILER_RANLIB)
        set(CMAKE_AR ${CMAKE_C_COMPILER_AR}) # plain ar may not see what objects without ordinary code hold
        set(CMAKE_RANLIB ${CMAKE_C_COMPILER_RANLIB})
        set(outward_ordinary_too -fno-fat-lto-objects)
    endif()
    target_link_options(outward_flags INTERFACE $<$<NOT:$<BOOL:$<TARGET_PROPERTY:OUTWARD_INSTALLED>>>:-fno-lto>)
endif()

include(outward_training)

# outward_program(NAME sources...): what is installed.
function(outward_program name)
    add_executable(${name} ${ARGN})
    set_target_properties(${name} PROPERTIES OUTWARD_INSTALLED ON)
    target_compile_options(${name} PRIVATE ${outward_across_files})
    target_link_options(${name} PRIVATE ${outward_across_files} ${outward_no_path})
endfunction()

# outward_library(NAME sources... LINK libraries...): the link line is the folder's list of allowed friends.
function(outward_library name)
    cmake_parse_arguments(arg "" "" "LINK" ${ARGN})
    add_library(${name} STATIC ${arg_UNPARSED_ARGUMENTS})
    target_link_libraries(${name} PUBLIC outward_flags ${arg_LINK})
    if(outward_across_files)
        target_compile_options(${name} PRIVATE ${outward_across_files} ${outward_ordinary_too})
    endif()
    if(OUTWARD_TRAINING AND name IN_LIST outward_trained)
        outward_train(${name} ${ARGN})
    endif()
endfunction()

# outward_test(NAME libraries...): tests/unit/<folder>/NAME.c, one Check program and one ctest named <folder>/NAME.
function(outward_test name)
    get_filename_component(folder ${CMAKE_CURRENT_SOURCE_DIR} NAME)
    set(target ${folder}_${name})
    add_executable(${target} ${name}.c)
    target_link_libraries(${target} PRIVATE unit_main ${ARGN} PkgConfig::CHECK)
    target_compile_definitions(${target} PRIVATE TEST_DATA="${PROJECT_SOURCE_DIR}/tests/data")
    set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
    add_test(NAME ${folder}/${name} COMMAND ${target})
    set_tests_properties(${folder}/${name} PROPERTIES LABELS unit TIMEOUT 240)
endfunction()

# outward_memory_test(NAME libraries...): a test in which allocations may fail, by tests/unit/allocations.h.
function(outward_memory_test name)
    get_filename_component(folder ${CMAKE_CURRENT_SOURCE_DIR} NAME)
    outward_test(${name} ${ARGN})
    target_sources(${folder}_${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests/unit/allocations.c)
    target_link_options(${folder}_${name} PRIVATE -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=aligned_alloc)
endfunction()

# outward_fuzz(NAME libraries...): tests/fuzz/NAME.c.  A fuzzer with -DOUTWARD_FUZZ=ON and clang; in every other build
# the test fuzz/NAME, which runs its corpus once.
function(outward_fuzz name)
    if(OUTWARD_FUZZ)
        add_executable(${name} ${name}.c)
        target_compile_options(${name} PRIVATE -fsanitize=fuzzer)
        target_link_options(${name} PRIVATE -fsanitize=fuzzer)
        set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
    else()
        add_executable(${name} ${name}.c)
        target_link_libraries(${name} PRIVATE fuzz_replay)
        set_target_properties(${name} PROPERTIES OUTPUT_NAME ${name}_replay RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
        add_test(NAME fuzz/${name} COMMAND ${name} ${CMAKE_CURRENT_SOURCE_DIR}/corpus/${name})
        set_tests_properties(fuzz/${name} PROPERTIES LABELS fuzz TIMEOUT 240)
    endif()
    target_link_libraries(${name} PRIVATE ${ARGN})
endfunction()
