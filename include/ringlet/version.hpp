#pragma once

namespace ringlet {

inline constexpr char version[] = "0.1.0";

} // namespace ringlet
