# A release is compiled with what its reader of logs did while it read one: GCC's profile feedback.  The libraries of
# outward_trained are built a first time with counters in them, read a log that log_generator writes, and are then built for
# the programs with what was counted: which ways are taken, and how often.  Same sources and compiler, same counts: the
# log, the hashes and the order are the same each time, so builds remain reproducible.  An object is not made again where
# only the counts changed.

set(outward_trained outward_shared outward_follow outward_sources outward_tally)
set(outward_training_default OFF)
if(outward_across_files AND NOT CMAKE_CROSSCOMPILING AND CMAKE_GENERATOR MATCHES Ninja)
    check_c_compiler_flag(-fprofile-partial-training OUTWARD_HAS_partial_training)
    set(outward_training_default ${OUTWARD_HAS_partial_training})
endif()
option(OUTWARD_TRAINING "Compile the readers of logs with profile feedback (GCC, Ninja, release)" ${outward_training_default})

# outward_train(NAME sources LINK libraries): the library once more with counters, and the advice for the real one.  Counts
# lie in profile/ of the build folder, and both times GCC must call the file the same: a function that only its file knows
# is known by that name.  Of code that was not trained nothing is to be assumed.
function(outward_train name)
    cmake_parse_arguments(arg "" "" "LINK" ${ARGN})
    add_library(${name}_training STATIC EXCLUDE_FROM_ALL ${arg_UNPARSED_ARGUMENTS})
    target_compile_options(${name}_training PRIVATE ${outward_across_files} -ffat-lto-objects -dumpdir profile/${name}.
        -fprofile-generate -fprofile-update=single)
    foreach(library ${arg_LINK})
        if(library IN_LIST outward_trained)
            set(library ${library}_training)
        endif()
        target_link_libraries(${name}_training PUBLIC ${library})
    endforeach()
    target_link_libraries(${name}_training PUBLIC outward_flags)
    target_compile_options(${name} PRIVATE -dumpdir profile/${name}. -fprofile-use -fprofile-partial-training
        -Wno-missing-profile -gno-record-gcc-switches)
    add_dependencies(${name} outward_profile)
endfunction()

# The programs that train, behind all libraries.
function(outward_make_profile)
    add_executable(outward_train EXCLUDE_FROM_ALL ${PROJECT_SOURCE_DIR}/tests/bench/train.c)
    target_link_libraries(outward_train PRIVATE outward_sources_training outward_tally_training)
    target_link_options(outward_train PRIVATE -fprofile-generate -fno-lto)
    set_target_properties(outward_train PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bench)
    add_custom_command(OUTPUT ${PROJECT_BINARY_DIR}/profile/trained
        COMMAND ${CMAKE_COMMAND} -DGENERATOR=$<TARGET_FILE:log_generator> -DTRAIN=$<TARGET_FILE:outward_train>
            -DBUILD=${PROJECT_BINARY_DIR} -P ${PROJECT_SOURCE_DIR}/cmake/train.cmake
        DEPENDS log_generator outward_train COMMENT "Reading a log to learn from" VERBATIM)
    add_custom_target(outward_profile DEPENDS ${PROJECT_BINARY_DIR}/profile/trained)
endfunction()
