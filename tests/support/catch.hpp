// Catch2 whichever way it is packaged: v3 has a header of its own, v2 is a single header.
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif
