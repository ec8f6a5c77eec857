"""The sentence that stands under the title of each section of a report, in English and Khmer."""

from __future__ import annotations

from typing import Final

INTRODUCTIONS: Final[dict[str, tuple[str, str]]] = {
    "i_equation": (
        (
            "Every amount received is in exactly one place. What was received is counted from the receipt documents, "
            "the places from the ledger, so a difference would show."
        ),
        ("ប្រាក់ដែលបានទទួលនីមួយៗនៅកន្លែងតែមួយគត់។ ប្រាក់ទទួលបានរាប់ពីឯកសារទទួល ឯកន្លែងរាប់ពីបញ្ជី ដូច្នេះលម្អៀងណាមួយនឹងលេចឡើង។"),
    ),
    "i_sales": (
        "Sales with their serial numbers, and the money that came in for them. Amounts are in the currency of each row.",
        "ការលក់ជាមួយលេខស៊េរី និងប្រាក់ដែលបានចូល។ ចំនួនទឹកប្រាក់គិតជារូបិយប័ណ្ណនៃបន្ទាត់នីមួយៗ។",
    ),
    "i_allocation": (
        "Each receipt is shared out once, by the plan that was in force on the day it came in.",
        "ប្រាក់ទទួលបាននីមួយៗត្រូវបានបែងចែកម្តង តាមផែនការដែលមានសុពលភាពនៅថ្ងៃទទួល។",
    ),
    "i_purpose": (
        (
            "Allocated, paid, acknowledged, spent and evidenced are different facts: money may be paid and not yet spent, "
            "or spent and not yet evidenced."
        ),
        ("ការបែងចែក ការទូទាត់ ការទទួលស្គាល់ ការចំណាយ និងភស្តុតាង ជាការពិតផ្សេងគ្នា៖ ប្រាក់អាចទូទាត់តែមិនទាន់ចំណាយ ឬចំណាយតែមិនទាន់មានភស្តុតាង។"),
    ),
    "i_recipient": (
        "Who was paid, what they have shown, and what they still hold.",
        "អ្នកណាបានទទួល អ្វីដែលបានបង្ហាញ និងអ្វីដែលនៅសល់។",
    ),
    "i_category": ("What the money bought.", "ប្រាក់បានទិញអ្វី។"),
    "i_payments": (
        "A payment is asked for by one person, approved by another, and acknowledged by who received it.",
        "ការទូទាត់ត្រូវបានស្នើដោយមនុស្សម្នាក់ អនុម័តដោយម្នាក់ទៀត និងទទួលស្គាល់ដោយអ្នកទទួល។",
    ),
    "i_spending": (
        "Spending is counted once an officer has accepted it. Evidence is a receipt, photo or signed list on file.",
        "ចំណាយត្រូវបានរាប់នៅពេលមន្ត្រីទទួលយក។ ភស្តុតាងគឺបង្កាន់ដៃ រូបថត ឬបញ្ជីមានហត្ថលេខាដែលមានក្នុងឯកសារ។",
    ),
    "i_people": ("People are counted by sex, as they were recorded.", "មនុស្សត្រូវបានរាប់តាមភេទ ដូចដែលបានកត់ត្រា។"),
    "i_held": (
        "Money that is not shared out, is kept in reserve, is withheld, or is not ours: each with its reason and its age.",
        "ប្រាក់ដែលមិនទាន់បែងចែក រក្សាជាបម្រុង ឃាត់ទុក ឬមិនមែនរបស់យើង៖ នីមួយៗមានមូលហេតុ និងអាយុ។",
    ),
    "i_decisions": (
        "Where people decided otherwise than the plan's rule, divided it themselves, gave money up, or put an earlier entry right.",
        "នៅពេលដែលមនុស្សបានសម្រេចខុសពីវិធាននៃផែនការ បែងចែកដោយខ្លួនឯង លះបង់ប្រាក់ ឬកែតម្រូវប្រតិបត្តិការមុន។",
    ),
    "i_complaints": (
        "Complaints received in the period, for the whole programme. Small numbers are not shown, so that nobody can be recognised.",
        "ពាក្យបណ្តឹងបានទទួលក្នុងរយៈពេល សម្រាប់កម្មវិធីទាំងមូល។ ចំនួនតិចៗមិនត្រូវបានបង្ហាញ ដើម្បីកុំឱ្យស្គាល់អ្នកណាម្នាក់។",
    ),
    "i_since": (
        "The main figures of the last issued report of the same kind beside those of this one, and what became of its exceptions.",
        "តួលេខសំខាន់ៗនៃរបាយការណ៍ចុងក្រោយប្រភេទដូចគ្នា ទល់នឹងតួលេខនៃរបាយការណ៍នេះ និងអ្វីដែលកើតឡើងចំពោះករណីលើកលែងរបស់វា។",
    ),
    "i_exceptions": (
        "What an auditor should look at first.",
        "អ្វីដែលសវនករគួរមើលជាមុន។",
    ),
}
