# Reads the extension's CMake files with cmake -P, which needs neither Slicer nor a compiler: what Slicer's build brings is
# replaced by stand-ins, and each packaged file is printed.
macro(project)
endmacro()

macro(find_package package)
  message(STATUS "NEEDS ${package}")
  # Any harmless file of CMake's own.
  set(Slicer_USE_FILE CMakeParseArguments)
  set(Slicer_EXTENSION_GENERATE_CONFIG CMakeParseArguments)
  set(Slicer_EXTENSION_CPACK CMakeParseArguments)
endmacro()

macro(add_subdirectory folder)
  include("${ROOT}/${folder}/CMakeLists.txt")
endmacro()

function(slicerMacroBuildScriptedModule)
  cmake_parse_arguments(MODULE "WITH_GENERIC_TESTS;WITH_SUBDIR" "NAME" "SCRIPTS;RESOURCES" ${ARGN})
  if(MODULE_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "Unknown keywords: ${MODULE_UNPARSED_ARGUMENTS}")
  endif()
  message(STATUS "MODULE ${MODULE_NAME} WITH_SUBDIR=${MODULE_WITH_SUBDIR}")
  foreach(file IN LISTS MODULE_SCRIPTS)
    message(STATUS "SCRIPT ${MODULE_NAME}/${file}")
  endforeach()
  foreach(file IN LISTS MODULE_RESOURCES)
    message(STATUS "RESOURCE ${MODULE_NAME}/${file}")
  endforeach()
endfunction()

include("${ROOT}/CMakeLists.txt")

foreach(field HOMEPAGE CONTRIBUTORS DESCRIPTION ICONURL SCREENSHOTURLS DEPENDS)
  message(STATUS "EXTENSION ${field}=${EXTENSION_${field}}")
endforeach()
