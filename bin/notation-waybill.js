#!/usr/bin/env node
// The same program under the name that notation calls: its plugin `waybill`.
import './waybill.js';
