# SPDX-License-Identifier: BSD-2-Clause
# Shared build rules: warnings, the kinds of target binaries, the archive.
# The distribution's own interpreter: it has tomllib and pexpect; another one first in PATH may have neither.
if(NOT DEFINED Python3_EXECUTABLE AND EXISTS /usr/bin/python3)
    set(Python3_EXECUTABLE /usr/bin/python3)
endif()
find_package(Python3 3.11 REQUIRED COMPONENTS Interpreter)

# Warnings for the project's own C code; every one is an error.
set(PAGODA_WARNINGS -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wundef)

set(PAGODA_GENERATED ${CMAKE_BINARY_DIR}/generated)
set(PAGODA_DEBUG_DEFINES $<$<CONFIG:Debug>:PAGODA_DEBUG=1>)

# pagoda_library(name SOURCES... ): a static library for user programs.
function(pagoda_library name)
    add_library(${name} STATIC ${ARGN})
    pagoda_user_options(${name})
    target_include_directories(${name} PUBLIC ${CMAKE_CURRENT_SOURCE_DIR}/include)
    target_link_libraries(${name} PUBLIC abi)
endfunction()

# pagoda_user_options(target): compiler flags of user-level code.
function(pagoda_user_options target)
    target_compile_options(${target} PRIVATE ${PAGODA_WARNINGS} -mno-outline-atomics -fno-pie -fno-common -ffunction-sections -fdata-sections
        --specs=picolibc.specs)
    target_compile_definitions(${target} PRIVATE ${PAGODA_DEBUG_DEFINES})
endfunction()

# pagoda_integer_only(target): no FP/SIMD registers. For everything on the path of a request: a thread that never touches them
# never makes the kernel switch their state.
function(pagoda_integer_only target)
    target_compile_options(${target} PRIVATE -mgeneral-regs-only)
endfunction()

# The C library and its glue refer to each other, so the linker goes through both until nothing is missing.
set(CMAKE_C_LINK_GROUP_USING_RESCAN_SUPPORTED TRUE)
set(CMAKE_C_LINK_GROUP_USING_RESCAN "LINKER:--start-group" "LINKER:--end-group")

# pagoda_program(name SOURCES s... [LIBS l...] [BARE]): a user ELF, put into the archive as bin/NAME.
#   BARE: a root task (linked with libs/sel4 start-up instead of libs/libc's), linked at its own place.
#   NO_ARCHIVE: built, but not part of the archive.
function(pagoda_program name)
    cmake_parse_arguments(P "BARE;NO_ARCHIVE" "" "SOURCES;LIBS" ${ARGN})
    add_executable(${name}.elf ${P_SOURCES})
    pagoda_user_options(${name}.elf)
    if(P_BARE)
        set(script ${CMAKE_SOURCE_DIR}/libs/sel4/root.ld)
        target_link_libraries(${name}.elf PRIVATE ${P_LIBS} $<LINK_GROUP:RESCAN,sel4_root,util,c,gcc>)
    else()
        set(script ${CMAKE_SOURCE_DIR}/libs/libc/program.ld)
        target_link_libraries(${name}.elf PRIVATE ${P_LIBS} $<LINK_GROUP:RESCAN,pagoda_libc,util,c,gcc>)
    endif()
    target_link_options(${name}.elf PRIVATE --specs=picolibc.specs -nostartfiles -static -no-pie -Wl,-z,max-page-size=4096 -Wl,--gc-sections
        -Wl,--build-id=none -Wl,--no-warn-rwx-segments -T${script})
    set_target_properties(${name}.elf PROPERTIES LINK_DEPENDS ${script})
    add_custom_command(TARGET ${name}.elf POST_BUILD
        COMMAND ${CMAKE_OBJCOPY} --strip-all $<TARGET_FILE:${name}.elf> ${CMAKE_BINARY_DIR}/stripped/${name}
        BYPRODUCTS ${CMAKE_BINARY_DIR}/stripped/${name})
    if(NOT P_NO_ARCHIVE)
        pagoda_archive_file(bin/${name} ${CMAKE_BINARY_DIR}/stripped/${name} ${name}.elf)
    endif()
endfunction()

# pagoda_archive_file(path file [target]): put a file into the archive; `target` makes it.
function(pagoda_archive_file path file)
    set_property(GLOBAL APPEND PROPERTY PAGODA_ARCHIVE_ENTRIES "${path}=${file}")
    set_property(GLOBAL APPEND PROPERTY PAGODA_ARCHIVE_DEPENDS ${file} ${ARGN})
endfunction()
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/stripped)
