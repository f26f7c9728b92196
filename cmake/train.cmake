# Run by outward_make_profile(): -DGENERATOR=PROGRAM -DTRAIN=PROGRAM -DBUILD=DIR.  Counts add up, so they begin anew.
set(log ${BUILD}/profile/training.log)
file(REMOVE_RECURSE ${BUILD}/profile)
file(MAKE_DIRECTORY ${BUILD}/profile)
execute_process(COMMAND ${GENERATOR} --lines 60000 --seed 1 --domains 2000 OUTPUT_FILE ${log} COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${TRAIN} ${log} COMMAND_ERROR_IS_FATAL ANY)
file(REMOVE ${log})
file(TOUCH ${BUILD}/profile/trained)
